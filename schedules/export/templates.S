/* The pages of the guide, in the program: they are written without any file installed. */
    .section .rodata
    .global template_week, template_now, template_style, template_script
template_week:
    .incbin "schedules/export/web/week.html"
    .byte 0
template_now:
    .incbin "schedules/export/web/now.html"
    .byte 0
template_style:
    .incbin "schedules/export/web/style.css"
    .byte 0
template_script:
    .incbin "schedules/export/web/now.js"
    .byte 0
    .section .note.GNU-stack, "", @progbits
