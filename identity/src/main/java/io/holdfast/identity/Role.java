package io.holdfast.identity;

/**
 * What a grant gives. The names admin, member and reader have a meaning here; others are kept for whoever understands them.
 *
 * @param id 32 hexadecimal digits
 */
public record Role(String id, String name, String description) {}
