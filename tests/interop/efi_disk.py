#!/usr/bin/env python3
"""A directory with EFI/BOOT/BOOT*.EFI, a program that says "disk started".

usage: efi_disk.py DIRECTORY

QEMU shows the directory as a FAT disk (-drive file=fat:DIRECTORY).  The program
is a PE image made here by hand: it prints through the console of the system
table (UEFI 2.10, 4.3 and 12.4) and stops.
"""
import os
import struct
import sys

TEXT = "\r\ndisk started\r\n".encode("utf-16le") + b"\0\0"
# UEFI calls in the way of Microsoft: rcx = image, rdx = system table.
X64 = bytes.fromhex(
    "4883ec28"		# sub rsp, 40
    "488b4a40"		# mov rcx, [rdx + 64]: ConOut
    "488d1505000000"	# lea rdx, [rip + 5]: the text
    "ff5108"		# call [rcx + 8]: OutputString
    "ebfe") + TEXT	# jmp .
IA32 = bytes.fromhex(
    "8b442408"		# mov eax, [esp + 8]: system table
    "8b402c"		# mov eax, [eax + 44]: ConOut
    "e800000000"	# call next
    "5a"		# next: pop edx
    "83c20b"		# add edx, 11: the text
    "52" "50"		# push edx, eax
    "ff5004"		# call [eax + 4]
    "ebfe") + TEXT

AA64 = struct.pack(
    "<5I",
    0xf9402020,		# ldr x0, [x1, #64]: ConOut
    0xf9400402,		# ldr x2, [x0, #8]: OutputString
    0x10000061,		# adr x1, #12: the text
    0xd63f0040,		# blr x2
    0x14000000) + TEXT	# b .


def pe(machine, code):
    wide = machine in (0x8664, 0xaa64)
    code = code.ljust(512, b"\0")
    optional = 0xf0 if wide else 0xe0
    head = b"MZ" + b"\0" * 58 + struct.pack("<I", 64)
    head += b"PE\0\0" + struct.pack("<HHIIIHH", machine, 1, 0, 0, 0, optional, 0x226 if wide else 0x306)
    if wide:
        opt = struct.pack("<HBBIIIII", 0x20b, 0, 0, len(code), 0, 0, 0x1000, 0x1000)
        opt += struct.pack("<QIIHHHHHHIIIIHHQQQQII", 0, 0x1000, 0x200, 0, 0, 0, 0, 0, 0, 0,
                           0x2000, 0x200, 0, 10, 0, 0, 0, 0, 0, 0, 16)
    else:
        opt = struct.pack("<HBBIIIIII", 0x10b, 0, 0, len(code), 0, 0, 0x1000, 0x1000, 0)
        opt += struct.pack("<IIIHHHHHHIIIIHHIIIIII", 0, 0x1000, 0x200, 0, 0, 0, 0, 0, 0, 0,
                           0x2000, 0x200, 0, 10, 0, 0, 0, 0, 0, 0, 16)
    head += opt.ljust(optional, b"\0")
    head += b".text\0\0\0" + struct.pack("<IIIIIIHHI", len(code), 0x1000, len(code), 0x200,
                                         0, 0, 0, 0, 0x60000020)
    return head.ljust(512, b"\0") + code


def main():
    top = os.path.join(sys.argv[1], "EFI", "BOOT")
    os.makedirs(top, exist_ok=True)
    for name, machine, code in (("BOOTX64.EFI", 0x8664, X64), ("BOOTIA32.EFI", 0x14c, IA32),
                                ("BOOTAA64.EFI", 0xaa64, AA64)):
        with open(os.path.join(top, name), "wb") as f:
            f.write(pe(machine, code))


if __name__ == "__main__":
    main()
