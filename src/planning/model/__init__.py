"""Pure models: forecast, backtest, spread, bridge."""
