//! What a frozen program consists of is there for good, and need not be looked at by the collector of cycles, which writes
//! to each object that it looks at: the first collection would make all of the image private memory of the process.

use crate::{arena, fatal};
use rquickjs::{Ctx, qjs};

/// How the engine chains the objects that its collector knows (`JSGCObjectHeader.link`, the first field of each of them
/// and of the chain's head in the runtime).
#[repr(C)]
struct Link {
    previous: *mut Link,
    next: *mut Link,
}

/// In front of an object (`JSMallocBlockHeader.ref_count`).
const REFERENCES: isize = -1;

/// More references than a program can give up: the objects are never freed.
const FOR_GOOD: i32 = 1 << 30;

/// Takes all objects off the collector's list and keeps them alive. An object that is made later and that one of these
/// refers to is alive for the collector, since it does not find whose reference that is.
///
/// It relies on the layout of the engine's objects, whose version is fixed; what does not look like it ends the build.
pub fn retire(ctx: &Ctx<'_>) {
    // SAFETY: the walk follows the engine's chain, and goes on only where a link lies in the arena
    unsafe {
        let runtime = qjs::JS_GetRuntime(ctx.as_raw().as_ptr()).cast::<u8>();
        let is_head =
            |link: *mut Link| (link as usize).wrapping_sub(runtime as usize) < arena::capacity(runtime);
        let first = qjs::JS_VALUE_GET_PTR(ctx.globals().as_raw()).cast::<Link>();
        let (mut head, mut count, mut link) = (None, 0, first);
        loop {
            if !arena::owns(link.cast()) || (*(*link).next).previous != link {
                fatal::die("the engine's objects are not chained as they should be");
            }
            if is_head(link) {
                head = Some(link);
            } else {
                let references = link.cast::<i32>().offset(REFERENCES);
                if !(1..FOR_GOOD).contains(&*references) {
                    fatal::die("the engine's objects do not count their references as they should");
                }
                *references += FOR_GOOD;
                count += 1;
            }
            link = (*link).next;
            if link == first {
                break;
            }
        }
        let Some(head) = head.filter(|_| count > 1000) else {
            fatal::die("the engine's objects are not found");
        };
        // the chain closes without its head, which begins a new one
        (*(*head).previous).next = (*head).next;
        (*(*head).next).previous = (*head).previous;
        (*head).next = head;
        (*head).previous = head;
    }
}
