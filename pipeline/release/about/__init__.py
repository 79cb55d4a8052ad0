"""What a release tells about itself: card, pictures, Croissant metadata, and the counts behind them."""
