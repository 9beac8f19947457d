"""What people call the stores, boards, meters and paths of a site."""

from gateway.config import Config


def places(config: Config) -> dict[str, str]:
    """Store, board, meter or path -> what people call it."""
    return {
        **{store.id: store.name or store.id for store in config.stores()},
        **{board.id: f"{board.id} ({board.place})" for board in config.board},
        **{meter.id: meter.name or meter.id for meter in config.meter},
        **{path.id: path.name or path.id for path in config.path},
    }
