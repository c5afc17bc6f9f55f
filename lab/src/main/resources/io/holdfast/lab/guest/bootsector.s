# The boot-sector guest: a virtual machine of one purpose. It keeps a heartbeat ledger on its own disk and notices a
# second writer. The on-disk format is described in the package documentation of io.holdfast.lab.ledger.
#
#   as --32 -o guest.o bootsector.s && ld -m elf_i386 -Ttext 0x7c00 --oformat binary -o guest.bin guest.o
#
# The first 512 bytes of the result go to LBA 0, the rest to LBA 4 and on; both are adjacent in memory. 16-bit real mode,
# disk through the BIOS (INT 13h, so any disk SeaBIOS knows), console on the first serial port. Needs 4 MiB of memory.

.code16
.globl _start

.set RECORD, 0x9000             # what we write: one sector
.set BUFFER, 0x9200             # what we read: one sector
.set MAGIC, 0
.set COUNT, 4
.set ID, 8
.set SEQ, 16
.set FIRST, 24
.set FOREIGN_ID, 32
.set FOREIGN_SEQ, 40
.set DETECTIONS, 48
.set TRAILER, 504

.set BEAT, 0x54414542           # "BEAT"
.set BOOT, 0x544f4f42           # "BOOT"
.set SPLT, 0x544c5053           # "SPLT"

.set LBA_HEADER, 1
.set LBA_CURRENT, 2
.set LBA_SPLIT, 3
.set LBA_CODE, 4
.set LBA_BOOTS, 64              # 64 sectors
.set LBA_RING, 128              # 1024 sectors

_start:
    ljmp $0, $1f
1:  cli
    xorw %ax, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    movw $0x7c00, %sp
    sti
    cld
    movb %dl, drive
    movw $4, packet_count
    movw $stage2, packet_address
    movl $LBA_CODE, packet_lba
    movb $0x42, %ah
    call disk
    movw $1, packet_count
    jmp stage2

# AH: 42h reads, 43h writes what the packet says. Does not return before it worked: a disk that fails for a while is a
# disk that is written again later, as a real guest would after its time-out.
disk:
    movb %ah, function
2:  movb function, %ah
    xorb %al, %al
    movb drive, %dl
    movw $packet, %si
    int $0x13
    jnc 3f
    sti
    hlt
    jmp 2b
3:  ret

# EAX: sector to read into BUFFER.
read_sector:
    movl %eax, packet_lba
    movw $BUFFER, packet_address
    movb $0x42, %ah
    jmp disk

# EAX: sector to write RECORD to, after sealing it.
write_sector:
    movl %eax, packet_lba
    movw $RECORD, packet_address
    movl RECORD+ID, %eax
    xorl RECORD+SEQ, %eax
    movl %eax, RECORD+TRAILER
    movl RECORD+ID+4, %eax
    xorl RECORD+SEQ+4, %eax
    xorl RECORD+MAGIC, %eax
    movl %eax, RECORD+TRAILER+4
    movb $0x43, %ah
    jmp disk

# AL: a character for the serial port.
put:
    pushw %dx
    pushw %ax
    movw $0x3fd, %dx
4:  inb %dx, %al
    testb $0x20, %al
    jz 4b
    popw %ax
    movw $0x3f8, %dx
    outb %al, %dx
    popw %dx
    ret

# SI: a text that ends with zero.
text:
    lodsb
    testb %al, %al
    jz 5f
    call put
    jmp text
5:  ret

# EDX: a number, printed as eight hexadecimal digits.
hex:
    movw $8, %cx
6:  roll $4, %edx
    movb %dl, %al
    andb $15, %al
    addb $'0', %al
    cmpb $'9', %al
    jbe 7f
    addb $39, %al
7:  call put
    loop 6b
    ret

# SI: address of a 64-bit number.
hex64:
    movl 4(%si), %edx
    call hex
    movl (%si), %edx
    jmp hex

drive:          .byte 0
function:       .byte 0
ticks:          .word 2
.balign 4
packet:         .byte 16, 0
packet_count:   .word 0
packet_address: .word 0, 0
packet_lba:     .long 0, 0

    .org 510
    .word 0xaa55

stage2:
    # Boot id: the clock's hours, minutes, seconds and day above, the time stamp counter below. The counter alone
    # starts near zero with each virtual machine.
    movb $2, %ah
    int $0x1a
    movw %cx, %bx
    shll $16, %ebx
    movb %dh, %bh
    pushl %ebx
    movb $4, %ah
    int $0x1a
    popl %ebx
    movb %dl, %bl
    rdtsc
    orl $1, %eax                # never zero
    movl %eax, RECORD+ID
    movl %ebx, RECORD+ID+4

    movl $LBA_HEADER, %eax
    call read_sector
    movw BUFFER+10, %ax
    testw %ax, %ax
    jz 1f
    movw %ax, ticks
1:
    # Go on where the last boot stopped, whoever that was.
    movl $1, RECORD+SEQ
    movl $1, RECORD+COUNT
    movl $LBA_CURRENT, %eax
    call read_sector
    cmpl $BEAT, BUFFER+MAGIC
    jne 2f
    movl BUFFER+COUNT, %eax
    incl %eax
    movl %eax, RECORD+COUNT
    movl BUFFER+SEQ, %eax
    movl BUFFER+SEQ+4, %edx
    addl $1, %eax
    adcl $0, %edx
    movl %eax, RECORD+SEQ
    movl %edx, RECORD+SEQ+4
2:  movl RECORD+SEQ, %eax
    movl %eax, RECORD+FIRST
    movl RECORD+SEQ+4, %eax
    movl %eax, RECORD+FIRST+4

    # The boot table first, the beat second: whoever sees a beat of this boot finds its boot in the table.
    movl $BOOT, RECORD+MAGIC
    movl RECORD+COUNT, %eax
    decl %eax
    andl $63, %eax
    addl $LBA_BOOTS, %eax
    call write_sector
    movw $booted, %si
    call text
    movw $RECORD+ID, %si
    call hex64
    movw $at, %si
    call text
    movw $RECORD+SEQ, %si
    call hex64
    movw $newline, %si
    call text
    jmp beat

next:
    # Sleep until enough BIOS ticks (55 ms each) have passed; hlt leaves the processor to others.
    movw 0x46c, %bx
3:  sti
    hlt
    movw 0x46c, %ax
    subw %bx, %ax
    cmpw ticks, %ax
    jb 3b

    # Is the last beat still ours? If not, somebody else writes to this disk.
    movl $LBA_CURRENT, %eax
    call read_sector
    movl BUFFER+ID, %eax
    cmpl RECORD+ID, %eax
    jne split
    movl BUFFER+ID+4, %eax
    cmpl RECORD+ID+4, %eax
    jne split
4:  addl $1, RECORD+SEQ
    adcl $0, RECORD+SEQ+4

beat:
    # The current beat first, the ring second: after a power loss in between, the next boot does not use a number again
    # that the ring already shows for another boot.
    movl $BEAT, RECORD+MAGIC
    movl $LBA_CURRENT, %eax
    call write_sector
    movl RECORD+SEQ, %eax
    andl $1023, %eax
    addl $LBA_RING, %eax
    call write_sector
    jmp next

split:
    movl BUFFER+ID, %eax
    movl %eax, RECORD+FOREIGN_ID
    movl BUFFER+ID+4, %eax
    movl %eax, RECORD+FOREIGN_ID+4
    movl BUFFER+SEQ, %eax
    movl %eax, RECORD+FOREIGN_SEQ
    movl BUFFER+SEQ+4, %eax
    movl %eax, RECORD+FOREIGN_SEQ+4
    incl RECORD+DETECTIONS
    movl $SPLT, RECORD+MAGIC
    movl $LBA_SPLIT, %eax
    call write_sector
    movw $splitbrain, %si
    call text
    movw $RECORD+ID, %si
    call hex64
    movw $sees, %si
    call text
    movw $BUFFER+ID, %si
    call hex64
    movw $at, %si
    call text
    movw $BUFFER+SEQ, %si
    call hex64
    movw $newline, %si
    call text
    jmp 4b

booted:     .asciz "HOLDFAST boot "
at:         .asciz " seq "
splitbrain: .asciz "SPLITBRAIN boot "
sees:       .asciz " sees boot "
newline:    .asciz "\r\n"
