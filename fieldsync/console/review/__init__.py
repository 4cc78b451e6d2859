"""What the page of a review is made of: the queue, the comparison, the map, the answers, the rehearsal."""
