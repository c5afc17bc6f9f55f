package io.holdfast.compute.libvirt;

import io.holdfast.compute.DriverException;
import io.holdfast.model.Generation;
import io.holdfast.model.InstanceId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.libvirt.Connect;
import org.libvirt.Domain;
import org.libvirt.DomainInfo.DomainState;
import org.libvirt.LibvirtException;

/**
 * Halts domains, and keeps the memory of those that are ended for a while.
 *
 * <p>libvirt does not say here why a domain stands still: its watchdog, a full storage or somebody's hand may have halted it, and
 * then it is not for us to let it go on. So our mark in the domain says that we do; it is set before the domain is halted
 * and taken off after it goes on, and dying in between leaves a domain that is rightly said to run, or rightly to stand.
 *
 * <p>A memory is written under another name and renamed when it is whole and the domain has ended. Going on with it, the
 * domain comes back as it was saved, halted; the memory is deleted <em>before</em> its processors run: were it still there
 * when the guest has written to its disk, the next start would join an old memory to a newer disk. Dying before the deletion
 * leaves a halted domain and a memory, and nothing has run; dying after it costs the memory, and the guest boots from its disk.
 *
 * <p>Threads: as {@link LibvirtDriver}.
 */
final class LibvirtHolds {

    /** A large memory on a slow storage; too small ends what would have come to its end. */
    private static final Duration MEMORY_LIMIT = Duration.ofMinutes(15);

    private static final int METADATA_ELEMENT = 2;
    private static final int LIVE = 1;

    private final LibvirtCalls calls;
    private final Consumer<Life> changed;

    /** @param changed told of each domain whose mark is another now */
    LibvirtHolds(LibvirtCalls calls, Consumer<Life> changed) {
        this.calls = calls;
        this.changed = changed;
    }

    static boolean stands(Domain domain) throws LibvirtException {
        return domain.getInfo().state == DomainState.VIR_DOMAIN_PAUSED;
    }

    void pause(String doing, Connect connect, InstanceId instance) throws DriverException {
        calls.call(
                doing,
                () -> with(doing, connect, instance, domain -> {
                    hold(doing, domain, instance);
                    return true;
                }));
    }

    void unpause(String doing, Connect connect, InstanceId instance) throws DriverException {
        calls.call(
                doing,
                () -> with(doing, connect, instance, domain -> {
                    goOn(domain, instance, generation(doing, domain));
                    return true;
                }));
    }

    void suspend(String doing, Connect connect, InstanceId instance, Path memory) throws DriverException {
        calls.call(
                doing,
                MEMORY_LIMIT,
                () -> with(doing, connect, instance, domain -> {
                    Path part = GuestDisks.unfinished(memory);
                    // One that was halted when it was saved comes back halted, and runs only when its memory is
                    // forgotten.
                    hold(doing, domain, instance);
                    try {
                        Files.deleteIfExists(part);
                        domain.save(part.toString());
                    } catch (LibvirtException | IOException e) {
                        goOn(domain, instance, generation(doing, domain));
                        throw failed(doing, e);
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
                // One that was there before may have been brought back by an agent that has died since; it still
                // stands.
                if (!stands(domain)) {
                    throw new DriverException(doing + ": it runs, and its memory is still kept at " + memory);
                }
                mark(domain, instance, generation, true);
                try {
                    Files.delete(memory);
                } catch (IOException e) {
                    // It must not run while its memory can be gone on with again.
                    domain.destroy();
                    throw new DriverException(doing + ": its memory " + memory + " cannot be deleted: " + e, e);
                }
                goOn(domain, instance, generation);
                return true;
            });
        });
    }

    private void hold(String doing, Domain domain, InstanceId instance) throws LibvirtException, DriverException {
        mark(domain, instance, generation(doing, domain), true);
        if (!stands(domain)) {
            domain.suspend();
        }
    }

    private void goOn(Domain domain, InstanceId instance, Generation generation) throws LibvirtException {
        if (stands(domain)) {
            domain.resume();
        }
        mark(domain, instance, generation, false);
    }

    private void mark(Domain domain, InstanceId instance, Generation generation, boolean held) throws LibvirtException {
        domain.setMetadata(
                METADATA_ELEMENT, DomainXml.markOf(generation, held), DomainXml.PREFIX, DomainXml.NAMESPACE, LIVE);
        changed.accept(new Life(instance.value(), domain.getID()));
    }

    private static Generation generation(String doing, Domain domain) throws LibvirtException, DriverException {
        Optional<DomainXml.Mark> mark = LibvirtDriver.readMark(domain);
        return mark.orElseThrow(() -> new DriverException(doing + ": it runs here without our mark"))
                .generation();
    }

    private static DriverException failed(String doing, Exception e) {
        return new DriverException(doing + ": " + e.getMessage(), e);
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
