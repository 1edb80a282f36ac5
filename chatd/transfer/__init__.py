"""Files and folders from one person to another: what is sent, how it arrives, where it lands."""
