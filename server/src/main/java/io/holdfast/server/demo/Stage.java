package io.holdfast.server.demo;

import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where the story plays: something that has hosts with plugs to pull, and guests whose ledgers can be read. */
interface Stage extends AutoCloseable {

    boolean simulated();

    /** For people: what is real here. */
    String description();

    URI api();

    /** Certificates to trust when {@link #api} is https, else null. */
    @Nullable
    Path trusted();

    String adminToken();

    /** A token of the project, role member. */
    String memberToken(String project);

    /** An address that the controller can reach, for the owner's webhook receiver. */
    String receiverAddress();

    List<HostId> hosts();

    /** The body that registers the guest's image over the API; the file already lies where images lie. */
    Map<String, Object> image();

    /** MiB of memory that the guest needs. */
    int guestMemoryMib();

    /** Does that to the host. */
    void fail(HostId host, Failure failure);

    /**
     * Takes back what is left of it, whatever became of it: the host has power and its cable again, goes on if it stood still,
     * and boots if it was off.
     */
    void mend(HostId host, Failure failure);

    /** The newest beat on the instance's disk; empty while there is none. */
    Optional<Beat> beat(InstanceId instance);

    /** What is wrong with the instance's ledger: a gap in order, two writers. Empty when it is intact. */
    List<String> ledgerProblems(InstanceId instance);

    /** What the host's hypervisor runs, asked of the hypervisor itself. */
    Set<InstanceId> guestsOn(HostId host);

    /** Nobody asks for that instance's ledger any more. */
    void forget(InstanceId instance);

    @Override
    void close();

    /**
     * One sign of life of a guest, written by the guest.
     *
     * @param boot which boot of the guest wrote it
     * @param sequence counts on over boots
     */
    record Beat(String boot, long sequence) {}
}
