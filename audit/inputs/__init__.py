"""Inputs of an audit, as a stream of Items. No input is ever held in memory as a whole."""
