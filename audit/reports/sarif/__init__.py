"""The SARIF report."""
