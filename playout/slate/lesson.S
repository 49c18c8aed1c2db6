/* The compiled-in picture and silence: a prepared lesson of one second that needs no file. */
    .section .rodata
    .balign 16
    .global slate_lesson, slate_lesson_end
slate_lesson:
    .incbin "slate.lesson"
slate_lesson_end:
    .byte 0
    .section .note.GNU-stack, "", @progbits
