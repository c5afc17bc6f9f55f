package io.holdfast.compute;

/** Where a host stands with the controller. */
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
