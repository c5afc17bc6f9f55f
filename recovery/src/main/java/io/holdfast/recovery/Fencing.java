package io.holdfast.recovery;

import io.holdfast.fencing.FenceProof;
import io.holdfast.fencing.FenceRequest;
import io.holdfast.fencing.FenceResult;
import io.holdfast.fencing.KernelDump;
import io.holdfast.fencing.PowerOn;
import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import java.util.List;
import java.util.Optional;

/** What recovery asks of the fencer. The fencer fits through the wiring: each verb is one of its own. */
public interface Fencing {

    /** Isolates a host and proves it. Blocks for at most the request's deadline; call it from a virtual thread. */
    FenceResult fence(FenceRequest request);

    /** Takes the word of somebody who states that they have isolated the host, and journals who said so. */
    FenceProof acceptWord(CaseId caseId, HostId host, HostEpoch epoch, Actor by, String reason);

    /** Takes the word of somebody who confirms that the host is dead, and journals who said so, when and why. */
    FenceProof confirmDead(CaseId caseId, HostId host, HostEpoch epoch, Actor by, String reason);

    /** How the host would be isolated, one line for each level in their order, for people; empty when nothing can. */
    List<String> levels(HostId host);

    /** The proof of this epoch of this host, if the fence journal holds one. Reads, and touches no device. */
    Optional<FenceProof> restore(HostId host, HostEpoch epoch);

    /**
     * Gives a fenced host its power back, and reads whether it has it. Blocks for a few calls to each of its devices; call it from
     * a virtual thread.
     */
    PowerOn.Answer powerOn(PowerOn.Wish wish);

    /**
     * Why the power of a host had better not be cut now: its kernel has crashed, and it writes its memory away. Empty when nothing speaks
     * against it. From memory, on any thread.
     *
     * @param patient whether the host, which fell silent just now, may be given the time to say so
     */
    Optional<KernelDump> dump(HostId host, boolean patient);

    /** Whether a level of the host waits for a message of its crashed kernel, and takes it for a proof. Then nobody waits before that level. */
    boolean isProvenByCrash(HostId host);
}
