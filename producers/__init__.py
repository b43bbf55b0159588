"""What sources use to publish: the publisher, adapters for their files, and a generator of synthetic cohorts."""
