"""A line that is typed without being shown, not even its length."""

from collections.abc import Callable

from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput


class Unseen(Processor):
    """Shows nothing of the line while `is_unseen`."""

    def __init__(self, is_unseen: Callable[[], bool]) -> None:
        self._is_unseen = is_unseen

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        """An empty line, with the cursor at its beginning."""
        if not self._is_unseen():
            return Transformation(transformation_input.fragments)
        return Transformation([], lambda _: 0, lambda _: 0)
