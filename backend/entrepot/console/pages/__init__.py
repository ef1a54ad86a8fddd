"""The console's pages, one module each: routes that ask the views and fill a template."""
