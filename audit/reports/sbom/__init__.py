"""Software bills of materials: SPDX and CycloneDX."""
