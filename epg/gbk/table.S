/* GBK and GB 2312 by character, as epg/gbk/maker.c made them. */
    .section .rodata
    .balign 16
    .global text_gbk, text_gb2312
text_gbk:
    .incbin "gbk.table", 0, 131072
text_gb2312:
    .incbin "gbk.table", 131072, 8192
    .section .note.GNU-stack, "", @progbits
