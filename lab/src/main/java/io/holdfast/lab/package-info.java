/**
 * A small data centre on one machine: hosts that lose power, BMCs that lie, cables that are cut.
 *
 * <p><b>Purpose.</b> High availability is proven on real parts: real libvirtd, real QEMU, real RMCP+, real locks. The lab
 * gives each <em>host</em> its own network, pid, mount, uts and ipc namespaces with libvirtd, virtlockd and an agent;
 * each host a <em>BMC</em> on its own supply; one <em>switch</em> with the networks of
 * {@link io.holdfast.lab.Network}; one <em>shared directory</em> at {@code
 * /srv/shared} on every host; and a place for a <em>controller</em>.
 *
 * <p><b>Power.</b> The power supply of a host is a shell script that the BMC calls on its own, so power works while no
 * JVM runs. Power loss is silent: the switch port goes down first, the kill follows, and no peer ever sees the FIN or
 * RST that a kernel sends for a killed process.
 *
 * <p><b>Whose is it?</b> Every process of the lab lives in one pid namespace (the <em>rack</em>) and in one of the lab's
 * cgroups and network namespaces. That membership, not a name and not a pid file, is how {@link
 * io.holdfast.lab.Lab#down} finds what it may kill, after a {@code kill -9} of whoever started it too.
 *
 * <p><b>Safety of others.</b> Before anything else is made, the lab's prefixes become unreachable in the machine's own
 * network, so that no packet for a lab address can leave the machine. What {@code down} removes was written down before
 * it was made; nothing else is touched.
 *
 * <p><b>Threads.</b> {@link io.holdfast.lab.Lab} keeps no state in memory; calls may come from any thread and any
 * process. {@code up} and {@code down} exclude each other over the whole machine by a file lock.
 *
 * <p><b>Refuses</b> to run without root, to use names or routes that belong to somebody else, and to have two labs on one
 * machine.
 */
@NullMarked
package io.holdfast.lab;

import org.jspecify.annotations.NullMarked;
