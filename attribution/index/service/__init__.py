"""An index behind a running `whence serve`: its address is a location like any other.

The client does all that a look-up does on the index itself (sketch, align, rank, judge); the
service only proposes, and returns documents with their occurrences. So answers are the same by
construction, no route has to change when an answer changes, and the code that is looked up never
leaves the client: the service gets fingerprints and words. A look-up needs about three round trips,
which it shares with those that run beside it (`batching`). The alternative, sending snippets to
`POST /api/v1/attributions/batch`, would need one, but an audit needs more of the index than these
answers contain, and all of the code would go over the wire.
"""
