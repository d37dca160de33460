"""What officers do, whatever way they come: command line, Telegram, console. Rules stand here, once."""
