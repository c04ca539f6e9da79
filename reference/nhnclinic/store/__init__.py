"""Where messages are kept: tables, migrations, and the questions asked of them."""
