package io.holdfast.compute;

/**
 * Where a host stands with the controller.
 *
 * <p>The store changes it, in the transaction of the verb that is named here, under the leader's epoch and with the host's
 * row locked. A test takes each of these ways and no other.
 *
 * <pre>
 * JOINING    -> SERVING    admit
 * JOINING    -> CONDEMNED  condemn
 * SERVING    -> JOINING    introduce (another boot)
 * SERVING    -> CONDEMNED  condemn
 * CONDEMNED  -> JOINING    introduce, introduce (another boot), pardon
 * CONDEMNED  -> FENCED     fenced
 * FENCED     -> JOINING    introduce, introduce (another boot)
 * FENCED     -> CONDEMNED  condemn
 * </pre>
 *
 * <p>How long each may last is bounded by whoever waits in it: JOINING by the admission, tried again with growing pauses of
 * at most 5 s while the host holds a lease, and told when it is silent instead; CONDEMNED by the case that condemned it
 * (at the end a human); FENCED ends when the host returns, which nobody can hasten; SERVING is where it should be.
 */
public enum HostState {
    /** It has introduced itself and is being told what it owns; it takes no claims yet. */
    JOINING,
    /** It knows what it owns, runs nothing else, and takes claims. */
    SERVING,
    /** Condemned: takes no claims, and its agent's reports count for nothing. */
    CONDEMNED,
    /** Proven isolated; its instances may be given new homes. */
    FENCED
}
