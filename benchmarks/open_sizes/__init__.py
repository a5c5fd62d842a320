"""What a package of any sequence length costs beside packages of one length each."""
