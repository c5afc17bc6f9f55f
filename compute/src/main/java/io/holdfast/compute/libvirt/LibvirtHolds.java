package io.holdfast.compute.libvirt;

import io.holdfast.compute.DriverException;
import io.holdfast.model.Generation;
import io.holdfast.model.InstanceId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.libvirt.Connect;
import org.libvirt.Domain;
import org.libvirt.DomainInfo.DomainState;
import org.libvirt.LibvirtException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Halts domains, and keeps the memory of those that are ended for a while.
 *
 * <p>libvirt does not say here why a domain stands still: its watchdog, a full storage or somebody's hand may have halted it, and
 * then it is not for us to let it go on, nor to save it. So our mark in the domain says that we do; it is set before the domain
 * is halted and taken off after it goes on, and dying in between leaves a domain that is rightly said to run, or rightly to
 * stand.
 *
 * <p>A memory is written under another name and renamed when it is whole and the domain has ended. Whoever dies in between
 * leaves one that libvirt says is whole; it gets its name when somebody looks for it and the domain is off. Going on with it,
 * the domain comes back as it was saved, halted; the memory is deleted, and the deletion forced to the storage, <em>before</em>
 * its processors run: were it still there when the guest has written to its disk, the next start would join an old memory to a
 * newer disk. Dying before the deletion leaves a halted domain and a memory, and nothing has run; when the deletion fails the
 * same is left. So no domain is let go on, by whatever way, while there is anything of its memory.
 *
 * <p>While libvirt is at work on a domain, as it is when whoever ordered a suspend has died, it is left alone.
 *
 * <p>Threads: as {@link LibvirtDriver}.
 */
final class LibvirtHolds {

    private static final Logger log = LoggerFactory.getLogger(LibvirtHolds.class);

    /** A large memory on a slow storage; too small ends what would have come to its end. */
    private static final Duration MEMORY_LIMIT = Duration.ofMinutes(15);

    private static final int METADATA_ELEMENT = 2;
    private static final int LIVE = 1;
    private static final int NO_JOB = 0;

    private final LibvirtCalls calls;
    private final GuestDisks disks;
    private final Consumer<Life> changed;

    /** @param changed told of each domain whose mark is another now */
    LibvirtHolds(LibvirtCalls calls, GuestDisks disks, Consumer<Life> changed) {
        this.calls = calls;
        this.disks = disks;
        this.changed = changed;
    }

    static boolean stands(Domain domain) throws LibvirtException {
        return domain.getInfo().state == DomainState.VIR_DOMAIN_PAUSED;
    }

    void pause(String doing, Connect connect, InstanceId instance) throws DriverException {
        calls.call(
                doing,
                () -> with(doing, connect, instance, domain -> {
                    hold(domain, instance, ours(doing, domain));
                    return true;
                }));
    }

    /** @param memory where its memory would be kept, or null when none is */
    void unpause(String doing, Connect connect, InstanceId instance, @Nullable Path memory) throws DriverException {
        calls.call(
                doing,
                () -> with(doing, connect, instance, domain -> {
                    DomainXml.Mark mark = ours(doing, domain);
                    if (memory != null
                            && mark.held()
                            && disks.look(instance, memory).kept()) {
                        throw new DriverException(doing + ": its memory is still kept at " + memory);
                    }
                    if (mark.held()) {
                        goOn(doing, domain, instance, mark.generation(), memory);
                    }
                    return true;
                }));
    }

    /** One that came here as it runs. What another hypervisor's cluster has not finished yet stands, and is refused. */
    void takeOver(String doing, Connect connect, InstanceId instance, Generation generation) throws DriverException {
        calls.call(
                doing,
                () -> with(doing, connect, instance, domain -> {
                    DomainXml.Mark mark = ours(doing, domain);
                    if (mark.held()) {
                        throw new DriverException(doing + ": it is halted");
                    }
                    requireIdle(doing, domain);
                    if (!mark.generation().equals(generation)) {
                        mark(domain, instance, generation, false);
                    }
                    return true;
                }));
    }

    void suspend(String doing, Connect connect, InstanceId instance, Path memory) throws DriverException {
        calls.call(
                doing,
                MEMORY_LIMIT,
                () -> with(doing, connect, instance, domain -> {
                    DomainXml.Mark mark = ours(doing, domain);
                    requireIdle(doing, domain);
                    boolean stood = stands(domain);
                    try {
                        // Before anything is halted: a storage that cannot be written to costs the guest nothing.
                        if (stood) {
                            Files.deleteIfExists(GuestDisks.unfinished(memory));
                        } else {
                            GuestDisks.forget(memory);
                        }
                    } catch (IOException e) {
                        throw new DriverException(doing + ": there is no place for its memory: " + e, e);
                    }
                    // One that was halted when it was saved comes back halted, and runs only when its memory is
                    // forgotten.
                    hold(domain, instance, mark);
                    try {
                        domain.save(GuestDisks.unfinished(memory).toString());
                    } catch (LibvirtException e) {
                        if (!stood) {
                            goOn(doing, domain, instance, mark.generation(), memory);
                        }
                        throw e;
                    }
                    try {
                        GuestDisks.keep(memory);
                    } catch (IOException e) {
                        throw new DriverException(doing + ": its memory was written and cannot be kept: " + e, e);
                    }
                    return true;
                }));
    }

    void restore(String doing, Connect connect, InstanceId instance, Generation generation, Path memory)
            throws DriverException {
        calls.call(doing, MEMORY_LIMIT, () -> {
            Domain there = LibvirtDriver.lookup(connect, instance);
            if (there == null) {
                connect.restore(memory.toString());
            } else {
                there.free();
            }
            return with(doing, connect, instance, domain -> {
                DomainXml.Mark mark = ours(doing, domain);
                // One that was there before may have been brought back by an agent that has died since; it still
                // stands.
                if (!stands(domain)) {
                    throw new DriverException(doing + ": it runs, and its memory is still kept at " + memory);
                }
                if (there != null && !mark.generation().equals(generation)) {
                    log.info("{}: it stands here at generation {} beside its memory", doing, mark.generation());
                }
                mark(domain, instance, generation, true);
                goOn(doing, domain, instance, generation, memory);
                return true;
            });
        });
    }

    /** As {@link LibvirtDriver#remembers}. Within the usual time: a storage that hangs is not seen. */
    boolean remembers(String doing, Connect connect, InstanceId instance, Path memory) throws DriverException {
        return calls.call(doing, () -> {
            GuestDisks.Kept seen = disks.look(instance, memory);
            if (!seen.unfinished()
                    || LibvirtDriver.runningGeneration(connect, instance).isPresent()) {
                return seen.kept();
            }
            try {
                boolean whole = GuestDisks.settle(memory);
                log.warn(
                        "instance={} somebody died while its memory was written: {}",
                        instance,
                        whole ? "it is whole and kept" : "it was cut short and is deleted");
                return whole || seen.kept();
            } catch (IOException e) {
                throw new DriverException(doing + ": what was written of it cannot be read or kept: " + e, e);
            }
        });
    }

    private void hold(Domain domain, InstanceId instance, DomainXml.Mark before) throws LibvirtException {
        mark(domain, instance, before.generation(), true);
        if (stands(domain)) {
            return;
        }
        try {
            domain.suspend();
        } catch (LibvirtException e) {
            try {
                mark(domain, instance, before.generation(), before.held());
            } catch (LibvirtException left) {
                e.addSuppressed(left);
            }
            throw e;
        }
    }

    /** Of one that we have halted; while anything of its memory is there it stays halted. */
    private void goOn(String doing, Domain domain, InstanceId instance, Generation generation, @Nullable Path memory)
            throws LibvirtException, DriverException {
        if (stands(domain)) {
            requireIdle(doing, domain);
            try {
                if (memory != null) {
                    GuestDisks.forget(memory);
                }
            } catch (IOException e) {
                throw new DriverException(
                        doing + ": it stays halted, its memory " + memory + " cannot be deleted: " + e, e);
            }
            domain.resume();
        }
        mark(domain, instance, generation, false);
    }

    private void mark(Domain domain, InstanceId instance, Generation generation, boolean held) throws LibvirtException {
        domain.setMetadata(
                METADATA_ELEMENT, DomainXml.markOf(generation, held), DomainXml.PREFIX, DomainXml.NAMESPACE, LIVE);
        changed.accept(new Life(instance.value(), domain.getID()));
    }

    /** Its mark; refused when it is none of ours, or when others have halted it. */
    private static DomainXml.Mark ours(String doing, Domain domain) throws LibvirtException, DriverException {
        DomainXml.Mark mark = LibvirtDriver.readMark(domain)
                .orElseThrow(() -> new DriverException(doing + ": it runs here without our mark"));
        if (!mark.held() && stands(domain)) {
            throw new DriverException(doing + ": it was halted by others (an error of its disk, its watchdog or by"
                    + " hand), see 'virsh domstate --reason'; it is left to them");
        }
        return mark;
    }

    /** A save that was ordered by somebody who died goes on in libvirt, and what it writes must stay where it is. */
    private static void requireIdle(String doing, Domain domain) throws LibvirtException, DriverException {
        if (domain.getJobInfo().getType() != NO_JOB) {
            throw DriverException.underWay(doing + ": libvirt is still at work on it");
        }
    }

    private static <T> T with(String doing, Connect connect, InstanceId instance, Act<T> act)
            throws LibvirtException, DriverException {
        Domain domain = LibvirtDriver.lookup(connect, instance);
        if (domain == null) {
            throw new DriverException(doing + ": it does not run here");
        }
        try {
            return act.on(domain);
        } finally {
            domain.free();
        }
    }

    @FunctionalInterface
    private interface Act<T> {
        T on(Domain domain) throws LibvirtException, DriverException;
    }
}
