"""How Lifering runs: the launcher, the embedded servers and the `./lifering` command line."""
