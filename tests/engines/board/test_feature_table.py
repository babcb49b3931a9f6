"""Every feature that a tool for MicroPython boards has somewhere is here proved by a test, or the manual says why not.

The rows are the union of what mpremote, Thonny, ViperIDE, Arduino Lab, mpflash, Mu, rshell and mpytool do.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[2]
MANUAL = TESTS.parent / "docs" / "board.md"
BOARD = "engines/board"
FIRMWARE = "engines/board/firmware"
VIEW = "widgets/board"

PROVED = {
    "connect, find the port": (f"{BOARD}/test_ports.py", "test_all_ports_are_listed_with_what_is_behind_them"),
    "reconnect after unplug and reset": (f"{BOARD}/test_session_unix.py", "test_unplugging_fails_the_operation_and_plugging_in_goes_on"),
    "see that it is busy without interrupting": (f"{BOARD}/test_session_unix.py", "test_attaching_to_a_running_program_does_not_stop_it"),
    "raw REPL": (f"{BOARD}/test_raw_repl.py", "test_any_pieces_with_frames_anywhere"),
    "raw-paste with window flow control": (f"{BOARD}/test_session_unix.py", "test_a_long_program_goes_through_the_window"),
    "adaptive block size": (f"{BOARD}/test_transfer_unix.py", "test_small_memory_makes_small_blocks"),
    "atomic write": (f"{BOARD}/test_transfer_faults.py", "test_put_leaves_the_old_file_or_the_new_one"),
    "file manager": (f"{VIEW}/test_files_view.py", "test_f6_copies_to_the_board_and_taken_names_are_asked_about"),
    "recursive copy, same files left out by hash": (f"{BOARD}/test_sync.py", "test_what_differs_is_copied_and_the_second_plan_is_empty"),
    "two-way sync, delete extraneous": (f"{BOARD}/test_sync.py", "test_both_ways_remembers_the_last_time"),
    "mount a folder of the computer": (f"{BOARD}/test_mount.py", "test_imports_come_from_the_computer"),
    "packages": (f"{BOARD}/test_packages.py", "test_an_index_in_a_folder_with_what_a_package_needs"),
    "run file, selection, buffer": (f"{VIEW}/test_code_tab.py", "test_running_lines_one_after_the_other_and_selections"),
    "soft and hard reset": (f"{VIEW}/test_board_panel.py", "test_soft_and_hard_reset"),
    "bootloader entry": (f"{FIRMWARE}/test_bootloader.py", "test_a_board_that_can_is_restarted"),
    "DFU": (f"{FIRMWARE}/test_dfu.py", "test_what_was_written_is_there_and_runs"),
    "UF2": (f"{FIRMWARE}/test_uf2.py", "test_the_board_restarts_when_it_took_the_firmware"),
    "esptool": (f"{FIRMWARE}/test_esp.py", "test_written_verified_and_restarted"),
    "mpy-cross": (f"{BOARD}/test_mpy.py", "test_a_real_board_runs_what_was_made_for_it"),
    "clock shown and set": (f"{VIEW}/test_device_page.py", "test_the_clock_is_set"),
    "memory, flash, device info": (f"{BOARD}/test_device.py", "test_the_virtual_pyboard_tells_everything"),
    "plotter": ("e2e/test_story.py", "test_the_example_plays_by_itself"),
    "several boards at once": (f"{BOARD}/test_several_boards.py", "test_two_boards_at_once"),
    "WebREPL": (f"{BOARD}/test_network.py", "test_webrepl_with_its_password"),
    "socket": (f"{BOARD}/test_network.py", "test_a_board_behind_tcp_is_a_board_like_any_other"),
    "stubs, completion": (f"{BOARD}/test_code_completion.py", "test_objects_of_the_pyboard"),
    "unicode output": (f"{BOARD}/test_session_unix.py", "test_unicode_goes_both_ways"),
    "binary data streaming": (f"{BOARD}/test_session_unix.py", "test_the_helper_streams_into_the_store_beside_operations"),
    "traceback line to editor": ("e2e/test_code.py", "test_from_a_new_file_to_the_line_that_raised"),
    "ROMFS": (f"{BOARD}/test_flash_tools.py", "test_an_image_is_deployed_and_compared"),
    "partitions, update over the air": (f"{BOARD}/test_flash_tools.py", "test_an_update_goes_to_the_other_place_and_is_started_next"),
    "virtual board": (f"{BOARD}/virtual/test_virtual_port.py", "test_mpremote_executes_and_evaluates"),
    "objects and variables": (f"{BOARD}/test_flash_tools.py", "test_variables_of_the_board"),
    "rescue from a looping main.py": (f"{BOARD}/test_rescue.py", "test_a_main_that_swallows_ctrl_c_is_ended_and_put_away_and_back"),
    "log to a file": (f"{BOARD}/test_terminal_history.py", "test_a_log_appends_whole_lines"),
    "recording": ("e2e/test_recording.py", "test_record_stop_open_and_export"),
    "USB mass storage conflict": (f"{BOARD}/test_mass_storage.py", "test_nothing_is_written_until_the_user_wants_it"),
}  # fmt: skip
LEFT_OUT = ("Firmware download", "Bluetooth", "Breakpoints", "Compression")


@pytest.mark.parametrize("feature", PROVED)
def test_it_is_proved(feature):
    file, name = PROVED[feature]
    source = (TESTS / file).read_text(encoding="utf-8")
    assert f"def {name}(" in source, f"{file} has no {name}"


@pytest.mark.parametrize("feature", LEFT_OUT)
def test_what_is_left_out_has_its_reason_in_the_manual(feature):
    section = MANUAL.read_text(encoding="utf-8").partition("## What it does not do")[2]
    assert re.search(rf"^\| {feature}\b[^|]*\| \S.{{30,}}", section, re.MULTILINE), feature
