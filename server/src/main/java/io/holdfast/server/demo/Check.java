package io.holdfast.server.demo;

/**
 * One thing that the story promised, looked at from outside.
 *
 * @param name what was promised
 * @param detail what was found
 */
record Check(String name, boolean ok, String detail) {}
