"""The push journal: what a push will send, what it has sent, and the outcomes; survives crashes."""
