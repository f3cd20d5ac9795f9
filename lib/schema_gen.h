/* schema_gen.h - gives the CFG_* macros of a .def file one of three meanings:
 * CFG_GEN_STRUCTS the structs, CFG_GEN_INDEX the numbers of the options (for
 * cfg_has), CFG_GEN_TABLES the tables.  Include it with one of them defined,
 * then the .def, then this file again with CFG_GEN_UNDEF defined.  No include
 * guard on purpose.  Layer: lib.
 */
#if defined(CFG_GEN_STRUCTS)
#undef CFG_GEN_STRUCTS
#define CFG_BEGIN(obj, text)	struct cfg_##obj { struct cfg_head head;
#define CFG_VAL(obj, f, key, t, min, max, dflt, unit, text) CFG_CTYPE_##t f;
#define CFG_VALS(obj, f, key, t, max, text)	CFG_CTYPE_##t *f; size_t n_##f;
#define CFG_OBJ(obj, f, key, sub, text)		struct cfg_##sub f;
#define CFG_LIST(obj, f, key, sub, max, text)	struct cfg_##sub *f; size_t n_##f;
#define CFG_MAP(obj, f, key, sub, max, text)	struct cfg_##sub *f; size_t n_##f;
#define CFG_VARS(obj, f, key, max, text)	struct cfg_var *f; size_t n_##f;
#define CFG_REST(obj, f, key, max, text)	struct cfg_rest *f; size_t n_##f;
#define CFG_END(obj)	}; extern const struct schema cfg_##obj##_schema;
#elif defined(CFG_GEN_INDEX)
#undef CFG_GEN_INDEX
#define CFG_BEGIN(obj, text)	enum {
#define CFG_VAL(obj, f, key, t, min, max, dflt, unit, text) CFG_I_##obj##_##f,
#define CFG_VALS(obj, f, key, t, max, text)	CFG_I_##obj##_##f,
#define CFG_OBJ(obj, f, key, sub, text)		CFG_I_##obj##_##f,
#define CFG_LIST(obj, f, key, sub, max, text)	CFG_I_##obj##_##f,
#define CFG_MAP(obj, f, key, sub, max, text)	CFG_I_##obj##_##f,
#define CFG_VARS(obj, f, key, max, text)	CFG_I_##obj##_##f,
#define CFG_REST(obj, f, key, max, text)	CFG_I_##obj##_##f,
#define CFG_END(obj)	CFG_N_##obj };
#elif defined(CFG_GEN_TABLES)
#undef CFG_GEN_TABLES
#define CFG_BEGIN(obj, text_) \
	static const char cfg_##obj##_text[] = text_; \
	static const struct cfg_field cfg_##obj##_fields[] = {
#define CFG_VAL(obj, f, k, t, mn, mx, d, u, tx) \
	{ .form = CFG_F_VAL, .key = k, .off = offsetof(struct cfg_##obj, f), \
	  .type = CFG_##t, .min = mn, .max = mx, .dflt = d, .unit = u, .text = tx },
#define CFG_VALS(obj, f, k, t, mx, tx) \
	{ .form = CFG_F_VALS, .key = k, .off = offsetof(struct cfg_##obj, f), \
	  .off_n = offsetof(struct cfg_##obj, n_##f), .type = CFG_##t, .max = mx, \
	  .dflt = "", .text = tx },
#define CFG_OBJ(obj, f, k, s, tx) \
	{ .form = CFG_F_OBJ, .key = k, .off = offsetof(struct cfg_##obj, f), \
	  .sub = &cfg_##s##_schema, .dflt = "", .text = tx },
#define CFG_LIST_(obj, fm, f, k, s, mx, tx) \
	{ .form = fm, .key = k, .off = offsetof(struct cfg_##obj, f), \
	  .off_n = offsetof(struct cfg_##obj, n_##f), .sub = s, .max = mx, \
	  .dflt = "", .text = tx },
#define CFG_LIST(obj, f, k, s, mx, tx)	CFG_LIST_(obj, CFG_F_LIST, f, k, &cfg_##s##_schema, mx, tx)
#define CFG_MAP(obj, f, k, s, mx, tx)	CFG_LIST_(obj, CFG_F_MAP, f, k, &cfg_##s##_schema, mx, tx)
#define CFG_VARS(obj, f, k, mx, tx)	CFG_LIST_(obj, CFG_F_VARS, f, k, NULL, mx, tx)
#define CFG_REST(obj, f, k, mx, tx)	CFG_LIST_(obj, CFG_F_REST, f, k, NULL, mx, tx)
#define CFG_END(obj) }; \
	const struct schema cfg_##obj##_schema = { .name = #obj, \
	    .text = cfg_##obj##_text, .size = sizeof(struct cfg_##obj), \
	    .field = cfg_##obj##_fields, \
	    .n_field = sizeof(cfg_##obj##_fields) / sizeof(cfg_##obj##_fields[0]) };
#elif defined(CFG_GEN_UNDEF)
#undef CFG_GEN_UNDEF
#undef CFG_BEGIN
#undef CFG_VAL
#undef CFG_VALS
#undef CFG_OBJ
#undef CFG_LIST
#undef CFG_LIST_
#undef CFG_MAP
#undef CFG_VARS
#undef CFG_REST
#undef CFG_END
#else
#error "define CFG_GEN_STRUCTS, _INDEX, _TABLES or _UNDEF first"
#endif
