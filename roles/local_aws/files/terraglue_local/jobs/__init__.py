# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A job run: a process of its own on this machine, from its arguments to what ended it.

``arguments``, ``environment`` and ``errors`` are pure. ``files`` brings what the script needs,
``process`` starts and ends, ``logs`` ships lines, ``life`` is the order of it all, ``clock`` tells
when a schedule is due. ``launcher`` is the program inside the job's process.
"""
