"""The Elasticsearch engine: the same answers beyond one machine. See docs/elasticsearch.md."""

from attribution.index.elastic.index import ElasticIndex

__all__ = ["ElasticIndex"]
