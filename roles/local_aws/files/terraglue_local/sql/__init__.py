# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trino behind Athena's API: its configuration, its life, one statement at it, its values as text.

It knows nothing of Athena's API but how values look in its answers; the gaps of Athena ask it.
"""
