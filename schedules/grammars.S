/* The three grammars, in the program: it validates without any file installed. */
    .section .rodata
    .global grammar_station, grammar_station_end, grammar_timetable, grammar_timetable_end
    .global grammar_actions, grammar_actions_end
grammar_station:
    .incbin "schedules/station.xsd"
grammar_station_end:
    .byte 0
grammar_timetable:
    .incbin "schedules/timetable.xsd"
grammar_timetable_end:
    .byte 0
grammar_actions:
    .incbin "schedules/actions.xsd"
grammar_actions_end:
    .byte 0
    .section .note.GNU-stack, "", @progbits
