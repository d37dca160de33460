"""The officers' console: pages under /police, rendered here, on the functions of bot/officers."""
