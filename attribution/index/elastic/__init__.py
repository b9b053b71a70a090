"""The Elasticsearch engine: the same answers beyond one machine. See docs/elasticsearch.md."""
