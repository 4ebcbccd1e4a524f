"""The sidecar itself: the loop that looks, the snapshot it keeps, and the HTTP answers given from that snapshot."""
