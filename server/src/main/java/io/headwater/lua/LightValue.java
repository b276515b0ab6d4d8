package io.headwater.lua;

/** A value that a script can only hold and compare: cjson.null is one. */
public final class LightValue {}
