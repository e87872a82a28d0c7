// Words that headers of other projects make macros of. The public headers are compiled after them,
// so that they can be included in any order: `windows.h` (with NOMINMAX, as everywhere), X11, Qt,
// Apple's AssertMacros.h, glibc's sys/sysmacros.h, and the old compilers' predefined names.
#pragma once

// Qt, without QT_NO_KEYWORDS.
#define signals public
#define slots
#define emit
#define foreach(variable, container) for (variable : container)
#define forever for (;;)

// X11/Xlib.h, X.h and Xutil.h.
#define None 0L
#define Bool int
#define Status int
#define True 1
#define False 0
#define Success 0
#define Always 2
#define Above 0
#define Below 1
#define Opposite 4
#define Complex 0
#define Convex 2
#define Nonconvex 1
#define Unsorted 0
#define NoValue 0
#define AllValues 15
#define AllPlanes 1
#define KeyPress 2
#define FocusIn 9
#define FocusOut 10
#define Expose 12
#define CurrentTime 0L
#define CursorShape 0
#define GrayScale 1
#define TrueColor 4
#define DirectColor 5
#define InputOnly 2
#define InputOutput 1
#define DestroyAll 0
#define DisplayWidth(display, screen) 0
#define ScreenCount(display) 0
#define NormalState 1
#define InputHint 1
#define BadValue 2
#define BadName 15
#define BadLength 16

// windows.h and what it brings along.
#define near
#define far
#define NEAR
#define FAR
#define IN
#define OUT
#define OPTIONAL
#define CONST const
#define VOID void
#define DELETE 0x00010000L
#define ERROR 0
#define NO_ERROR 0L
#define TRUE 1
#define FALSE 0
#define INFINITE 0xFFFFFFFF
#define IGNORE 0
#define STRICT 1
#define ABSOLUTE 1
#define RELATIVE 2
#define TRANSPARENT 1
#define OPAQUE 2
#define DIFFERENCE 11
#define CALLBACK
#define interface struct
#define small char
#define hyper long long
#define cdecl
#define pascal
#define Yield()
#define GetObject GetObjectA
#define GetMessage GetMessageA
#define SendMessage SendMessageA
#define LoadString LoadStringA
#define CreateFile CreateFileA
#define CopyFile CopyFileA
#define MoveFile MoveFileA
#define DeleteFile DeleteFileA
#define GetCurrentTime() 0
#define RGB(r, g, b) 0

// Apple, glibc, GNU dialects.
#define verify(assertion)
#define nil 0
#define YES 1
#define NO 0
#define major(device) 0
#define minor(device) 0
#define makedev(major_number, minor_number) 0
#define linux 1
#define unix 1

// complex.h of C.
#define I 0
