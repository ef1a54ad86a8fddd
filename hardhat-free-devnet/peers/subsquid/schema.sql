-- The projections that our own indexer folds from the same events.
CREATE TABLE trade_order (
  id text PRIMARY KEY,
  state text NOT NULL,
  version int4 NOT NULL,
  exporter text NOT NULL,
  importer text NOT NULL,
  currency text NOT NULL,
  amount_minor numeric NOT NULL,
  origin text NOT NULL,
  destination text NOT NULL,
  commitment text NOT NULL,
  accept_by numeric NOT NULL,
  ship_by numeric NOT NULL,
  placed_block int4 NOT NULL
);
CREATE INDEX ON trade_order (exporter);
CREATE INDEX ON trade_order (importer);

CREATE TABLE order_attester (
  id text PRIMARY KEY,
  order_id text NOT NULL,
  position int4 NOT NULL,
  participant_id text NOT NULL,
  kinds numeric NOT NULL
);
CREATE INDEX ON order_attester (participant_id);

CREATE TABLE evidence_item (
  id text PRIMARY KEY,
  order_id text NOT NULL,
  attester text NOT NULL,
  kind int4 NOT NULL,
  state text NOT NULL,
  source_key text NOT NULL,
  commitment text NOT NULL,
  occurred_at numeric NOT NULL,
  recorded_at numeric NOT NULL,
  recorded_block int4 NOT NULL,
  supersedes text NOT NULL
);
CREATE INDEX ON evidence_item (order_id);
