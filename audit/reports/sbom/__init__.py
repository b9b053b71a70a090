"""Bills of materials: SPDX and CycloneDX. Their modules need the extra `sbom`."""
