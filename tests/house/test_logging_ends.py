"""What one test configures does not reach the next."""

import io

import pytest

from shared import logging

_log = logging.get_logger(__name__)


@pytest.mark.parametrize("turn", range(3))
def test_a_program_run_in_a_test_leaves_no_logger_on_a_closed_stream(turn):
    stream = io.StringIO()
    _log.info("before", turn=turn)
    logging.configure("tests", stream=stream, console=False)
    _log.info("during", turn=turn)
    assert stream.getvalue().count("during") == 1
    stream.close()
