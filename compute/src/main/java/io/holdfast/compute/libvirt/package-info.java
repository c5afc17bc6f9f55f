/**
 * Runs guests on libvirt and QEMU/KVM.
 *
 * <p>Terms: a <em>domain</em> is libvirt's word for a guest; all of ours are <em>transient</em>: libvirt forgets one when
 * it ends, so that a host that lost power comes back with nothing that could start by itself. The generation travels in
 * the domain's own XML, so that an agent that knows nothing can still tell a guest of today from one of yesterday.
 *
 * <p>Threads: libvirt's calls block in native code, which a virtual thread cannot leave; they run on a small pool of
 * platform threads, and whoever waits for one waits with a deadline. One platform thread runs libvirt's event loop for
 * the whole process; one connects, and connects again when the connection is lost.
 *
 * <p>What it refuses to do: make a disk that exists, touch a file outside the directories it was given, put what somebody
 * typed into XML other than through an XML writer, or take silence for an answer.
 */
@NullMarked
package io.holdfast.compute.libvirt;

import org.jspecify.annotations.NullMarked;
