"""Attribution of code while it is being written."""
