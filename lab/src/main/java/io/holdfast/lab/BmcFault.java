package io.holdfast.lab;

/** How a BMC misbehaves. Exactly one at a time; it stays until another is set. */
public enum BmcFault {
    /** Behaves. A dead BMC is started again. */
    NONE,
    /** The process is gone: its port answers nobody. */
    DEAD,
    /** Each change of power takes eight seconds, and the BMC answers nothing meanwhile. */
    SLOW,
    /** Says "done" to each change of power and does nothing. Its power reading stays honest. */
    LYING,
    /** Refuses each change of power with an error. Its power reading stays honest. */
    FAILING,
    /** Answers for another machine, one that is off: reads "off" whatever the host has, and what it is told changes nothing here. */
    WRONG
}
