// A real OpenID provider (node-oidc-provider, certified) for the console's tests: it takes whatever
// name is typed as who it is. Arguments: port, the console's redirect address, the client's secret.
import Provider from 'oidc-provider';

const [port, redirect, secret] = process.argv.slice(2);

const provider = new Provider(`http://localhost:${port}`, {
  clients: [
    {
      client_id: 'entrepot',
      client_secret: secret,
      redirect_uris: [redirect],
      response_types: ['code'],
      grant_types: ['authorization_code'],
    },
  ],
  pkce: { required: () => true },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
});

provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
