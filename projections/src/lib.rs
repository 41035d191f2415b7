//! What is known: pure folds from events to the picture.
