"""The rules of PROTOCOL §1–§7, each with the tests that hold it.

A rule's name is its section and number; tests are MODULE::FUNCTION in this folder, or in the
folder `serving`.
"""

RULES: dict[str, tuple[str, ...]] = {
    "1 endpoints": (
        "test_http::test_health",
        "test_http::test_static_files_are_packed_and_checked",
        "test_http::test_rpc_speaks_json_rpc",
        "test_uploads::test_an_upload_becomes_a_document",
        "test_uploads::test_content_is_always_a_download",
    ),
    "1 subprotocol": (
        "test_rules_frames::test_the_subprotocol_is_negotiated",
        "test_rules_frames::test_an_unknown_subprotocol_closes_with_4400",
    ),
    "1 events": (
        "test_http::test_server_sent_events_resume_where_they_broke_off",
        "test_http::test_a_long_poll_returns_with_the_first_event",
        "test_http::test_a_long_poll_with_many_events_loses_none",
        "test_http::test_several_streams_in_one_feed",
    ),
    "1 OpenAI-compatible": (
        "test_openai::test_models_are_the_server_in_each_mode_and_those_of_the_provider",
        "test_openai::test_an_answer_cites_the_users_documents",
        "test_openai::test_a_stream_has_the_same_in_pieces",
        "test_openai::test_the_clients_tools_are_passed_on",
        "test_openai_failures::test_errors_have_openais_shape_and_status",
        "test_openai_failures::test_a_disconnect_cancels_the_run_at_once",
        "test_openai_failures::test_limits_hold_here_too",
    ),
    "1 metrics": (
        "test_metrics::test_events_are_counted",
        "test_metrics::test_runs_in_progress_and_slow_readers_are_exported",
        "test_metrics::test_readers_of_metrics",
    ),
    "1 no token in a URL": (
        "test_http::test_a_token_in_the_url_is_ignored",
        "test_http::test_a_login_link_works_once",
    ),
    "2.1 batch": (
        "test_rules_frames::test_a_batch_is_answered_by_one_array_in_order",
        "test_rules_frames::test_a_batch_has_64_requests_at_most",
    ),
    "2.1 size": ("test_rules_frames::test_a_frame_over_the_limit_closes_with_1009",),
    "2.2": (
        "test_rules_frames::test_malformed_frames_get_an_error_and_affect_no_other",
        "test_rules_frames::test_frames_of_random_bytes_are_all_answered",
    ),
    "2.3": (
        "test_rules_frames::test_the_compact_envelope_is_chosen_by_the_first_frame",
        "test_rules_frames::test_the_other_envelope_stays_json_rpc",
        "test_conversations::test_conversation",
    ),
    "2.4": (
        "test_rules_frames::test_the_server_pings_and_drops_silent_clients",
        "test_rules_frames::test_any_traffic_resets_the_heartbeat",
    ),
    "3.1 token": (
        "test_rules_session::test_a_token_can_be_sent_in_three_ways",
        "test_rules_session::test_a_token_at_the_upgrade_replaces_hello",
        "test_rules_session::test_a_token_has_the_claims_of_the_contract",
        "test_rules_session::test_tokens_that_do_not_hold_are_refused",
    ),
    "3.1 without": (
        "test_rules_session::test_without_a_token_every_method_but_hello_is_unauthenticated",
        "test_rules_session::test_unauthenticated_clients_are_closed_with_4401",
        "test_rules_session::test_clients_with_a_token_may_stay_silent",
    ),
    "3.2": (
        "test_rules_session::test_a_resume_token_rotates_and_is_bound",
        "test_rules_session::test_a_hello_can_be_repeated_if_its_reply_was_lost",
        "test_rules_session::test_a_resume_token_is_bound_to_its_user",
        "test_rules_session::test_a_session_lives_on_with_its_use",
        "test_rules_session::test_a_closed_session_cannot_be_resumed",
    ),
    "3.3": (
        "test_rules_session::test_resumption_brings_every_missed_event_before_anything_newer",
        "test_rules_session::test_a_cursor_of_no_use_is_not_recovered",
    ),
    "3.4": (
        "test_access_ends::test_revocation_reaches_everything_within_a_second",
        "test_access_ends::test_losing_access_ends_sockets_and_work",
        "test_access_classes::test_a_stale_role_on_a_live_socket",
        "test_rules_rooms::test_roles_reach_the_sockets_that_are_open",
    ),
    "4.1": ("test_rules_streams::test_events_of_a_stream_are_numbered_without_gaps",),
    "4.2": (
        "test_rules_streams::test_offsets_count_code_points",
        "test_rules_streams::test_reasoning_is_a_part_of_its_own",
        "test_rules_streams::test_a_slow_reader_of_an_answer_gets_deltas_merged",
    ),
    "4.3": (
        "test_rules_rooms::test_presence_is_of_a_user_over_all_connections",
        "test_rules_rooms::test_typing_is_announced_and_ends_with_the_message",
        "test_rules_rooms::test_a_resumed_client_learns_who_has_left",
        "test_rules_rooms::test_presence_is_hidden_from_strangers",
    ),
    "4.4": ("test_rules_streams::test_every_connection_gets_the_same_events",),
    "4.5": (
        "test_rules_streams::test_a_slow_reader_is_closed_with_4408_and_delays_nobody",
        "test_rules_streams::test_a_stuck_socket_is_cut_off_while_others_read_on",
    ),
    "4.6": (
        "test_rules_streams::test_an_old_snapshot_and_the_events_since_are_a_new_snapshot",
        "test_rules_streams::test_any_interleaving_of_losses_and_resumptions_gives_the_whole",
        "test_rules_streams::test_joining_while_a_run_streams_leaves_no_gap",
    ),
    "4.7": (
        "test_rules_streams::test_followed_streams",
        "test_rules_streams::test_events_before_the_reply_count_against_its_position",
        "test_rules_session::test_an_answer_is_resumed_in_its_middle",
        "test_rules_session::test_a_run_is_enough_to_find_its_room_again",
        "test_rules_streams::test_repeating_a_request_on_a_new_connection_brings_its_events",
    ),
    "5 methods": (
        "test_conversations::test_conversation",
        "test_conversations::test_every_method_has_a_conversation",
    ),
    "5.1": (
        "test_reasoning_modes::test_a_mode_answers_from_the_documents",
        "test_reasoning_modes::test_without_a_model_every_mode_quotes",
        "test_reasoning_modes::test_an_unknown_mode_is_refused_with_the_ones_there_are",
        "test_reasoning_modes::test_research_is_a_task_with_progress_and_a_result",
        "test_rules_errors::test_invalid_params_name_the_field_the_value_and_the_allowed_ones",
    ),
    "5.2": (
        "test_rules_runs::test_the_same_client_msg_id_is_done_once",
        "test_rules_runs::test_the_same_at_the_same_time_is_done_once",
        "test_rules_runs::test_regenerating_is_done_once",
        "test_rules_messages::test_a_change_is_made_once_over_every_transport",
        "test_rules_messages::test_a_receipt_survives_a_restart",
        "test_rules_runs::test_a_repetition_costs_a_tenth_and_starts_no_run",
    ),
    "5.3": (
        "test_rules_runs::test_cancelling_closes_upstream_at_once_and_keeps_the_text",
        "test_rules_runs::test_cancelling_from_everywhere_at_once_loses_nothing",
        "test_rules_runs::test_a_disconnect_does_not_cancel",
    ),
    "5.4": (
        "test_access_matrix::test_actor_verb_thing",
        "test_access_classes::test_a_foreign_user_subscribes_to_every_stream",
        "test_uploads::test_a_document_of_another_is_not_there",
        "test_rules_session::test_streams_that_one_may_not_see_are_left_out",
        "test_http::test_feeds_that_are_asked_for_wrongly",
    ),
    "6 errors": (
        "test_rules_errors::test_all_kinds_are_there",
        "test_rules_errors::test_an_internal_error_has_an_incident_and_no_text",
        "test_rules_errors::test_secrets_are_not_repeated",
        "test_rules_errors::test_upstream_failures_are_named_and_keep_the_text",
        "test_rules_errors::test_a_broken_handler_affects_no_other",
    ),
    "6 close codes": (
        "test_rules_errors::test_a_stopping_server_says_1001",
        "test_serving::test_an_answer_that_ends_soon_is_finished",
        "test_rules_runs::test_connections_per_address_give_their_places_back",
    ),
    "7 limits": (
        "test_rules_runs::test_messages_per_minute_hold_everywhere",
        "test_rules_runs::test_a_session_has_one_limit_over_all_its_connections",
        "test_rules_runs::test_runs_per_user_hold_also_at_once",
        "test_rules_runs::test_requests_in_flight_are_bounded",
        "test_rules_runs::test_connections_per_address_give_their_places_back",
        "test_uploads::test_uploads_that_are_wrong",
    ),
}
